export { type Answer, ApiClient, tea, wholeLife } from './api-client.ts';
export { cliPath, startTestStack, type TestStack, type TestStackOptions } from './test-stack.ts';
