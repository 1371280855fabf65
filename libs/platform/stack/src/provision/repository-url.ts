import type { Environment } from '@millrace/config';
import artifacts from 'mvn-artifact-url';

const sample = { groupId: 'group', artifactId: 'artifact', version: '1' };
const samplePath = 'group/artifact/1/artifact-1.jar';

/**
 * The Maven repository to fetch from where Maven is absent: MAVEN_REPOSITORY_URL, else the public one that
 * `mvn-artifact-url` knows.
 */
export async function repositoryUrl(environment: Environment): Promise<string> {
  const url = environment['MAVEN_REPOSITORY_URL'] || (await artifacts.default(sample)).slice(0, -samplePath.length);
  return url.replace(/\/$/, '');
}
