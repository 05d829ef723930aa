// A push service as those of browsers' makers are (RFC 8030), which knows one browser
// and reads what is sent to it: it checks who sent it (RFC 8292) and decrypts it with
// the browser's keys (RFC 8291), as the browser itself would.
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { createServer } from "node:http";

// start returns the service. keys and endpoint are the browser's subscription; next
// waits for the next push that was not waited for; answer is the status that it has;
// renew gives the browser another subscription, which it returns.
export async function start() {
  let ecdh, auth;
  const pushes = [], waiting = [];
  const service = { answer: 201 };

  const server = createServer(async (req, res) => {
    const parts = [];
    for await (const part of req) parts.push(part);
    let push;
    try {
      push = read(req, Buffer.concat(parts), service.origin, ecdh, auth);
    } catch (error) {
      push = { error };
    }
    (waiting.shift() ?? ((p) => pushes.push(p)))(push);
    res.writeHead(push.error ? 400 : service.answer).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  service.origin = `http://127.0.0.1:${server.address().port}`;
  service.renew = () => {
    ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    auth = randomBytes(16);
    service.keys = { p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") };
    service.endpoint = service.origin + "/push/" + randomBytes(8).toString("hex");
    return { endpoint: service.endpoint, keys: service.keys };
  };
  service.renew();
  service.close = () => server.close();
  service.next = async (within = 20000) => {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(reject, within, new Error(`no push came within ${within} ms`)); });
    const push = pushes.shift() ?? await Promise.race([new Promise((resolve) => waiting.push(resolve)), late]);
    clearTimeout(timer);
    if (push.error) throw push.error;
    return push;
  };
  return service;
}

function demand(condition, message) {
  if (!condition) throw new Error(message);
}

// read checks and decrypts a push.
function read(req, body, origin, ecdh, auth) {
  const header = (name) => req.headers[name] ?? "";
  demand(req.method === "POST", `the method is ${req.method}`);
  demand(header("content-encoding") === "aes128gcm", `the encoding is ${header("content-encoding")}`);
  demand(/^\d+$/.test(header("ttl")), `TTL is ${header("ttl")}`);
  demand(/^[\w-]{1,32}$/.test(header("topic")), `Topic is ${header("topic")}`);
  demand(body.length <= 4096, `${body.length} octets`);
  const key = signedBy(header("authorization"), origin);
  return { key, ttl: Number(header("ttl")), topic: header("topic"), urgency: header("urgency"), text: decrypt(body, ecdh, auth) };
}

// signedBy checks the signature, and returns the key of the server that made it.
function signedBy(authorization, origin) {
  const [, token, key] = authorization.match(/^vapid t=([\w.-]+), ?k=([\w-]+)$/) ?? [];
  demand(token, `Authorization is ${authorization}`);
  const point = Buffer.from(key, "base64url");
  demand(point.length === 65 && point[0] === 4, "the key is no point");
  const [head, claims, signature] = token.split(".");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const good = verify("sha256", Buffer.from(`${head}.${claims}`), { key: createPublicKey({ format: "jwk", key: jwk }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"));
  demand(good, "the signature does not belong to the key");
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, "base64url"));
  const ahead = exp - Date.now() / 1000;
  demand(aud === origin, `it is for ${aud}`);
  demand(ahead > 0 && ahead <= 24 * 3600, `it is valid for ${ahead} s`);
  demand(/^(mailto:.+@|https:)/.test(sub), `it is by ${sub}`);
  return key;
}

function decrypt(body, ecdh, auth) {
  const salt = body.subarray(0, 16), sender = body.subarray(21, 21 + body[20]), sealed = body.subarray(21 + body[20]);
  const hkdf = (salt, secret, info, length) => Buffer.from(hkdfSync("sha256", secret, salt, info, length));
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), ecdh.getPublicKey(), sender]);
  const secret = hkdf(auth, ecdh.computeSecret(sender), info, 32);
  const key = hkdf(salt, secret, "Content-Encoding: aes128gcm\0", 16), nonce = hkdf(salt, secret, "Content-Encoding: nonce\0", 12);
  const cipher = createDecipheriv("aes-128-gcm", key, nonce);
  cipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  const end = plain.findLastIndex((octet) => octet !== 0);
  demand(plain[end] === 2, "the last record does not say that it is the last");
  return plain.subarray(0, end).toString();
}
