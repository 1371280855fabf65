// After the integration tests: end what global-setup.mjs started.
export default async function globalTeardown() {
  await globalThis.stopTestServices?.();
}
