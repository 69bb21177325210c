// Keys as they are made up: prefix, 32 base62 characters, and the CRC-32 (IEEE) of both as 6 base62 characters. Whoever
// guesses at keys gets this far, since the checksum is no secret; it only takes a look-up to know that they are nobody's.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

// The reflected polynomial, for each value of a byte.
const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder >>> 0;
});

/**
 * @param {string} text in ASCII
 * @returns {string} its checksum
 */
export function checksum(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = TABLE[(crc ^ text.charCodeAt(i)) & 255] ^ (crc >>> 8);
  let digits = '';
  for (let rest = (crc ^ 0xffffffff) >>> 0; digits.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62))
    digits = ALPHABET[rest % 62] + digits;
  return digits;
}

/**
 * @param {string} real a key whose prefix is taken
 * @returns {string} a well-formed key that nobody was ever given
 */
export function madeUp(real) {
  let text = prefixOf(real);
  for (let i = 0; i < RANDOM_LENGTH; i++) text += ALPHABET[Math.floor(Math.random() * ALPHABET.length)];
  return text + checksum(text);
}

/**
 * @param {string} good
 * @returns {string} the key with its last character changed, so that its checksum is wrong
 */
export function mistyped(good) {
  return good.slice(0, -1) + (good.endsWith('0') ? '1' : '0');
}

/**
 * @param {string} real a key
 * @returns {string} its prefix; fails when the key is not of the form that is made up here
 */
function prefixOf(real) {
  const body = real.slice(0, -CHECKSUM_LENGTH);
  if (checksum(body) !== real.slice(-CHECKSUM_LENGTH)) throw new Error('KEY does not end in its checksum');
  return body.slice(0, -RANDOM_LENGTH);
}
