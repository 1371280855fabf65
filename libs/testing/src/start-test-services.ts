import { dockerAnswers, startContainerServices } from './container-services.ts';
import { type StartedServices, startEmbeddedServices } from './embedded-services.ts';

/** The one switch: containers where a Docker engine answers, the embedded stack otherwise. */
export async function startTestServices(): Promise<StartedServices> {
  return (await dockerAnswers()) ? startContainerServices() : startEmbeddedServices();
}
