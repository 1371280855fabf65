// Before the integration tests: start the real services once, and hand their addresses to the tests. Services whose
// addresses are in the environment already are used as they are.
import { startTestServices } from './src/start-test-services.ts';
import { publishTestServices } from './src/test-services.ts';

export default async function globalSetup() {
  if (process.env.MILLRACE_TEST_SERVICES) return;
  const { services, stop } = await startTestServices();
  publishTestServices(services);
  globalThis.stopTestServices = stop;
}
