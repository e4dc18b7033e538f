// The programs under test, as processes.
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import path from 'node:path';

export const root = process.env.LINECHECK_ROOT;

/** A TCP port of the loopback interface that nobody listens on now. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts `program` (of the build under test, when it names no path) and waits until a line of its output
 * matches `ready`. The answer's `stop()` ends it and gives its exit status, `kill()` does so without asking;
 * `output()` is what it wrote.
 */
export async function start(program, args, {ready, env = {}, deadline = 20_000}) {
  const file = program.includes('/') ? program : path.join(process.env.LINECHECK_BIN, program);
  const child = spawn(file, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
  let text = '';
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
    child.on('error', (error) => {
      text += `${error}\n`;
      resolve('not started');
    });
  });
  const up = new Promise((resolve) => {
    const collect = (chunk) => {
      text += chunk;
      if (ready.test(text)) resolve(true);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, deadline, false);
  });
  const isUp = await Promise.race([up, late, ended.then(() => false)]);
  clearTimeout(timer);
  if (!isUp) {
    child.kill('SIGKILL');
    throw new Error(`${program} ${args.join(' ')} did not get as far as ${ready}:\n${text}`);
  }
  return {
    output: () => text,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
