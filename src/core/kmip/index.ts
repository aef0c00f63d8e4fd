export { createKmipExecutor, type KmipExecutorOptions } from './create-executor.ts';
