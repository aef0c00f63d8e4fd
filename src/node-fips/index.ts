export { copyModule, type ModuleCopy } from './module-copy.ts';
export { enterNodeFips, type NodeFipsReport, type NodeProcess } from './node-fips.ts';
export { sourceModule } from './source-module.ts';
