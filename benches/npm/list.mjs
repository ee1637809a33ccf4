// Lists archives with node-tar, as npm reads them.
import { list } from 'tar';

for (const file of process.argv.slice(2)) {
  await list({ file, onReadEntry: (entry) => console.log(entry.path) });
}
