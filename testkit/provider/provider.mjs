// A real OpenID provider for the tests, on plain HTTP at 127.0.0.1 and the port PORT, or a free one.
//
// It prints {"issuer": "http://127.0.0.1:PORT"} on one line when it is ready, and ends when its standard input is
// closed: then the test that started it is gone, however that ended.
//
// The client `svc` gets access tokens from /token by client_credentials, and the resource decides the algorithm. Keys
// change without a restart, by a POST to:
//
//   /_rotate    sign with new keys from now on, with the staged ones where there are some; old keys stay published
//   /_stage     publish new keys, which do not sign yet
//   /_drop_old  keep only the newest keys, which sign from now on
//
// A key never signs before it is published: both are read from one set of keys.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';

// Standard output has the one line, and standard error only what went wrong: not the package's advice against settings
// that are right for a test. It gives some of that advice while it is loaded.
console.info = console.warn = () => {};
const { default: Provider, errors } = await import('oidc-provider');

const CLIENT = { id: 'svc', secret: 'svc-secret', scope: 'api:read' };
const TOKEN_SECONDS = 300;

/** The algorithm of each resource's access tokens. */
const ALGORITHMS = new Map([
  ['https://api.k2.com/', 'RS256'],
  ['https://api-es.k2.com/', 'ES256'],
]);

/** A generation has one key for each algorithm. The newest stands last. */
const generations = [];
let signing;
let generationsMade = 0;

/** Answers a request with the keys of now. It is replaced as a whole, and requests under way end with their own. */
let answer;
let issuer;

async function makeKey(algorithm, generation) {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const kid = `${algorithm.toLowerCase()}-${generation}`;
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid };
}

async function makeGeneration() {
  // Counted before anything is waited for, so that no two generations share their key ids.
  const number = generationsMade++;
  return Promise.all([...ALGORITHMS.values()].map((algorithm) => makeKey(algorithm, number)));
}

/** The provider signs with the first key of an algorithm, so the signing generation comes first. */
function keysInOrder() {
  return [signing, ...generations.filter((generation) => generation !== signing)].flat();
}

/** What a token for this resource is like. */
function resourceServer(_context, resource) {
  if (!ALGORITHMS.has(resource)) throw new errors.InvalidTarget();
  return {
    audience: resource,
    scope: CLIENT.scope,
    accessTokenFormat: 'jwt',
    accessTokenTTL: TOKEN_SECONDS,
    jwt: { sign: { alg: ALGORITHMS.get(resource) } },
  };
}

function configuration() {
  return {
    jwks: { keys: keysInOrder() },
    clients: [{
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: CLIENT.scope,
    }],
    scopes: [CLIENT.scope],
    extraTokenClaims: () => ({ roles: ['reader'] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
    },
  };
}

/** The package takes its keys only when it is made, so a change of keys makes another one. */
function publish() {
  answer = new Provider(issuer, configuration()).callback();
}

async function stage() {
  generations.push(await makeGeneration());
  signing ??= generations.at(-1);
  publish();
}

async function rotate() {
  if (signing === generations.at(-1)) await stage();
  signing = generations.at(-1);
  publish();
}

async function dropOld() {
  signing = generations.at(-1);
  generations.splice(0, generations.length - 1);
  publish();
}

const CHANGES = new Map([
  ['/_rotate', rotate],
  ['/_stage', stage],
  ['/_drop_old', dropOld],
]);

async function handle(request, response) {
  const change = request.method === 'POST' && CHANGES.get(request.url);
  if (!change) return answer(request, response);
  await change();
  response.writeHead(204).end();
}

/** Bound before the provider is made: the issuer needs the port, which may be the system's choice. */
async function listen() {
  const server = createServer(handle);
  // Closing an idle connection just when its next request comes would fail a test now and then.
  server.keepAliveTimeout = 0;
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

process.stdin.on('close', () => process.exit()).resume();
issuer = `http://127.0.0.1:${await listen()}`;
await stage();
console.log(JSON.stringify({ issuer }));
