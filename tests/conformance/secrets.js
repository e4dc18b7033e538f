// Looks for secrets in what a program says, however they travel.

function shapes(secret) {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1);
  return [secret, encodeURIComponent(secret), base64, Buffer.from(secret).toString('hex')];
}

/** Gives `said` back. The message does not repeat the secret: what fails is printed, and kept. */
export function assertKept(secrets, said, where) {
  for (const [at, secret] of secrets.entries()) {
    if (shapes(secret).some((shape) => said.includes(shape)))
      throw new Error(`${where} holds secret ${at + 1} of ${secrets.length}, '${secret.slice(0, 3)}...'`);
  }
  return said;
}
