export { isAborted } from '../contracts/aborted.js';
