// Replicates inspections between PouchDB and pouchdb-server on this machine and
// prints what it took: node peer.js FOLDER INSPECTIONS
const { spawn } = require('child_process');
const fs = require('fs');
const net = require('net');
const path = require('path');
const modules = path.join(process.cwd(), 'node_modules');
const PouchDB = require(path.join(modules, 'pouchdb'));

const [folder, count] = [process.argv[2], Number(process.argv[3])];

const freePort = () => new Promise((resolve, reject) => {
  const s = net.createServer().on('error', reject);
  s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
});

// An inspection of 40 answers, about 4 KB.
function inspection(n) {
  const answers = {};
  for (let k = 1; k <= 40; k++) {
    answers['k' + k] = { value: (n + k) % 7 ? 'conform' : 'nonconform', note: (n + k) % 7 ? '' : `第${n}次：三笔付款没有凭证`, at: 1764200000000 + n * 40 + k };
  }
  return { _id: 'inspection-' + String(n).padStart(8, '0'), organization: 'organization-' + (n % 1000), state: 'submitted', answers };
}

// cpu is the processor time of a process in milliseconds, 0 where the system does not tell.
function cpu(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const f = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(f[11]) + Number(f[12])) * 10;
  } catch { return 0; }
}

async function main() {
  const port = await freePort();
  const server = spawn(process.execPath, [path.join(modules, '.bin', 'pouchdb-server'), '--port', port, '--host', '127.0.0.1', '--dir', path.join(folder, 'server'), '--no-stdout-logs'],
    { cwd: folder, stdio: 'ignore' });
  try {
    const url = `http://127.0.0.1:${port}/inspections`;
    for (let tries = 0; ; tries++) {
      try { if ((await fetch(`http://127.0.0.1:${port}/`)).ok) break; } catch (e) { if (tries > 300) throw e; }
      await new Promise(r => setTimeout(r, 100));
    }
    const mine = new PouchDB(path.join(folder, 'mine'));
    for (let n = 0; n < count; n += 500) {
      await mine.bulkDocs(Array.from({ length: Math.min(500, count - n) }, (_, i) => inspection(n + i)));
    }
    const before = cpu(server.pid);
    let begun = performance.now();
    await mine.replicate.to(url, { batch_size: 500 });
    const push = performance.now() - begun;
    const used = cpu(server.pid) - before;
    const theirs = new PouchDB(path.join(folder, 'theirs'));
    begun = performance.now();
    await theirs.replicate.from(url, { batch_size: 500 });
    const pull = performance.now() - begun;
    const { doc_count } = await theirs.info();
    if (doc_count !== count) throw new Error(`${doc_count} of ${count} inspections arrived`);
    console.log(JSON.stringify({ push: count / push * 1000, pull: count / pull * 1000, cpu: used / count }));
    await mine.close();
    await theirs.close();
  } finally {
    server.kill('SIGKILL');
  }
}

main().then(() => process.exit(0), e => { console.error(e); process.exit(1); });
