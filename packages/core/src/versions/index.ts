export { copyWithin } from './copy-within.ts';
export { type Disposal, disposalFor, dispose, intoFolder, trashFolder } from './disposal.ts';
export { runName } from './run-name.ts';
export { emptyTrash, removeTree } from './trash.ts';
