// Makes cross-vectors.json: known answers from Node's crypto, each compared
// with openssl on the command line before it is written.
//
//   node make-cross-vectors.mjs > cross-vectors.json
//
// The keys beside this file are test keys: everyone has them, and production
// refuses them by fingerprint.
import { execFileSync } from "node:child_process";
import { createHash, createHmac, createPublicKey, sign, constants } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "vectors-"));
const rsa = Object.fromEntries(
  [2048, 3072, 4096].map((bits) => [`test-rsa-${bits}`, readFileSync(join(here, `test-rsa-${bits}.pem`), "utf8")]),
);
const secrets = {
  "test-secret-uuid": "5c1b7a1e-3f0d-4c58-9c0e-1f2e3d4c5b6a",
  "test-secret-base64": "dGhpcyBsb29rcyBsaWtlIGJhc2U2NCBidXQgaXMgdXNlZCByYXc=",
  "test-secret-64": "0123456789abcdef".repeat(4),
  "test-secret-long": "longer than any block ".repeat(9).trim(),
};
const bodies = [
  { partnerReferenceNo: "INV-1", amount: { value: "10000.00", currency: "IDR" }, remark: "two  blanks" },
  { remark: "café, naïve, 東京, 😀", empty: "", none: null, list: [], object: {} },
  { remark: 'quote " backslash \\ slash / tab \t newline \n', nested: [[1, 2.5, -0, 1e21], [true, false]] },
  { z: "last first", a: "order is kept", "key with blanks": " padded " },
];
const times = ["2026-11-21T10:30:24+07:00", "2026-11-21T03:30:24Z", "2026-11-21T10:30:24.123+07:00"];
const token = "gp9HjjEj813Y9JGoqwOeOPWbnt4CUpvIJbU1mMU4a11MNDZ7Sg5u9a";
const path = "/openapi/v1.0/transfer-intrabank";

const sha256 = (text) => createHash("sha256").update(text, "utf8").digest("hex");
const nodeHMAC = (algorithm, key, text) => createHmac(algorithm, key).update(text, "utf8").digest();
const nodeRSA = (key, text) => sign("sha256", Buffer.from(text, "utf8"), key);

function openssl(args, text) {
  const file = join(scratch, "text");
  writeFileSync(file, text);
  return execFileSync("openssl", [...args, "-binary", file]);
}

function agreed(mine, theirs, id) {
  if (!mine.equals(theirs)) throw new Error(`${id}: Node and openssl differ`);
  return mine;
}

const vectors = [];
function add(scheme, key, fields, text, encoding = "base64") {
  const id = `X${String(vectors.length + 1).padStart(2, "0")}-${scheme}`;
  let raw;
  if (key in rsa) {
    const file = join(here, `${key}.pem`);
    raw = agreed(nodeRSA(rsa[key], text), openssl(["dgst", "-sha256", "-sign", file], text), id);
  } else {
    const algorithm = scheme === "bca_legacy_symmetric" ? "sha256" : "sha512";
    raw = agreed(
      nodeHMAC(algorithm, secrets[key], text),
      openssl(["dgst", `-${algorithm}`, "-hmac", secrets[key]], text),
      id,
    );
  }
  vectors.push({ id, scheme, key, encoding, ...fields, string_to_sign: text, signature: raw.toString(encoding), valid: true });
  return vectors.at(-1);
}

for (const key of Object.keys(rsa)) {
  for (const timestamp of times) {
    add("snap_token_asymmetric", key, { client_key: `client-${key}`, timestamp }, `client-${key}|${timestamp}`);
  }
  bodies.forEach((body, index) => {
    const sent = JSON.stringify(body);
    const timestamp = times[index % 3];
    const received = index % 2 ? JSON.stringify(body, null, 3) : sent;
    const text = `POST:/v1.0/debit/notify:${sha256(sent)}:${timestamp}`;
    add("snap_transaction_asymmetric", key, { method: "POST", path: "/v1.0/debit/notify", received, timestamp }, text);
  });
}
for (const key of Object.keys(secrets)) {
  bodies.forEach((body, index) => {
    const sent = JSON.stringify(body);
    const timestamp = times[index % 3];
    const received = index % 2 ? JSON.stringify(body, null, "\t") : sent;
    const text = `POST:${path}:${token}:${sha256(sent)}:${timestamp}`;
    add("snap_transaction_symmetric", key, { method: "POST", path, access_token: token, received, timestamp }, text);
  });
  const query = "/banking/v3/corporates/BCAAPI2016/accounts/0201245680/statements?EndDate=2016-09-01&StartDate=2016-09-01";
  add("snap_transaction_symmetric", key, { method: "GET", path: query, access_token: token, received: "", timestamp: times[0] },
    `GET:${query}:${token}:${sha256("")}:${times[0]}`);
  const legacy = JSON.stringify({ CorporateID: "BCAAPI2016", Remark1: "Transfer Test" });
  add("bca_legacy_symmetric", key, { method: "POST", path: "/banking/corporates/transfers", access_token: token, received: legacy, timestamp: times[2] },
    `POST:/banking/corporates/transfers:${token}:${sha256(legacy.replace(/[ \t\r\n]/g, ""))}:${times[2]}`, "hex");
}

// Invalid ones: each a valid vector with one thing wrong.
const valid = (scheme) => vectors.find((one) => one.scheme === scheme && one.valid);
function spoil(from, why, change) {
  const id = `X${String(vectors.length + 1).padStart(2, "0")}-invalid`;
  vectors.push({ ...from, id, ...change, valid: false, why });
}
for (const scheme of ["snap_token_asymmetric", "snap_transaction_asymmetric", "snap_transaction_symmetric", "bca_legacy_symmetric"]) {
  const good = valid(scheme);
  const raw = Buffer.from(good.signature, good.encoding);
  const flipped = Buffer.from(raw);
  flipped[0] ^= 0x80;
  spoil(good, "one bit flipped", { signature: flipped.toString(good.encoding) });
  spoil(good, "last byte missing", { signature: raw.subarray(0, -1).toString(good.encoding) });
  spoil(good, "a zero byte added", { signature: Buffer.concat([raw, Buffer.from([0])]).toString(good.encoding) });
  spoil(good, "the other encoding", { signature: raw.toString(good.encoding === "hex" ? "base64" : "hex") });
  spoil(good, "another timestamp", { timestamp: "2026-11-21T10:30:25+07:00" });
  spoil(good, "upper and lower case swapped", {
    signature: good.encoding === "hex" ? good.signature.toUpperCase()
      : good.signature.replace(/[a-zA-Z]/g, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase())),
  });
}
const symmetric = valid("snap_transaction_symmetric");
spoil(symmetric, "URL-safe alphabet without padding", { signature: Buffer.from(symmetric.signature, "base64").toString("base64url") });
spoil(symmetric, "HMAC-SHA256 where SHA512 is due", { signature: nodeHMAC("sha256", secrets[symmetric.key], symmetric.string_to_sign).toString("base64") });
spoil(symmetric, "another secret", { signature: nodeHMAC("sha512", "another secret", symmetric.string_to_sign).toString("base64") });
spoil(symmetric, "a blank inside a string is gone", { received: symmetric.received.replace("two  blanks", "two blanks") });
spoil(symmetric, "members in another order", { received: JSON.stringify({ remark: "two  blanks", partnerReferenceNo: "INV-1", amount: { value: "10000.00", currency: "IDR" } }) });
spoil(symmetric, "an amount one cent higher", { received: symmetric.received.replace("10000.00", "10000.01") });
spoil(symmetric, "another access token", { access_token: token.toLowerCase() });
const asymmetric = valid("snap_token_asymmetric");
const text = Buffer.from(asymmetric.string_to_sign);
spoil(asymmetric, "RSA-PSS where PKCS#1 v1.5 is due", { signature: sign("sha256", text, { key: rsa[asymmetric.key], padding: constants.RSA_PKCS1_PSS_PADDING }).toString("base64") });
spoil(asymmetric, "SHA512withRSA where SHA256 is due", { signature: sign("sha512", text, rsa[asymmetric.key]).toString("base64") });
spoil(asymmetric, "SHA1withRSA where SHA256 is due", { signature: sign("sha1", text, rsa[asymmetric.key]).toString("base64") });
spoil(asymmetric, "another private key", { signature: nodeRSA(rsa["test-rsa-3072"], asymmetric.string_to_sign).toString("base64") });

const digests = Object.fromEntries([
  ...Object.entries(rsa).map(([name, pem]) => [name, createHash("sha256").update(createPublicKey(pem).export({ type: "spki", format: "der" })).digest("hex")]),
  ...Object.entries(secrets).map(([name, text]) => [name, sha256(text)]),
]);
console.log(JSON.stringify({
  origin: "make-cross-vectors.mjs: Node's crypto, every valid one compared with openssl dgst",
  secrets, digests, vectors,
}, null, 1));
