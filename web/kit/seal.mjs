// seal.wasm: Argon2id and secretbox, which open and make the sealed secrets of credential files (doc/formats.md 8.1), and QR codes.
// Each use has an instance of its own, wiped at its end.

const KEY = 32;
const NONCE = 24;
const TAG = 16;
const QR_SIDE_MAX = 177;

export class NoMemory extends Error {}

class Seal {
	#exports;

	constructor(exports) {
		this.#exports = exports;
	}

	#view(pointer, length) {
		return new Uint8Array(this.#exports.memory.buffer, pointer, length);
	}

	take(length) {
		const pointer = this.#exports.take(length) >>> 0;
		if (pointer === 0) {
			throw new NoMemory();
		}
		return pointer;
	}

	put(bytes) {
		const pointer = this.take(bytes.length);
		this.#view(pointer, bytes.length).set(bytes);
		return pointer;
	}

	key(passphrase, { salt, operations, memoryKib }) {
		const key = this.take(KEY);
		const arguments_ = [this.put(passphrase), passphrase.length, this.put(salt), operations, memoryKib];
		if (this.#exports.key(key, ...arguments_) !== 0) {
			throw new NoMemory();
		}
		return key;
	}

	// nonce and box
	close(secret, key) {
		const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
		const box = this.take(secret.length + TAG);
		this.#exports.close(box, this.put(secret), secret.length, this.put(nonce), key);
		const sealed = new Uint8Array(NONCE + secret.length + TAG);
		sealed.set(nonce);
		sealed.set(this.#view(box, secret.length + TAG), NONCE);
		return sealed;
	}

	// null if the key is another one
	open(sealed, key) {
		const length = sealed.length - NONCE - TAG;
		const secret = this.take(length);
		const box = this.put(sealed.subarray(NONCE));
		const status = this.#exports.open(secret, box, length + TAG, this.put(sealed.subarray(0, NONCE)), key);
		return status === 0 ? this.#view(secret, length).slice() : null;
	}

	qr(text) {
		const out = this.take(QR_SIDE_MAX * QR_SIDE_MAX);
		const side = this.#exports.qr(out, this.put(new TextEncoder().encode(text)), text.length);
		return { side, dark: this.#view(out, side * side).slice() };
	}

	reset() {
		this.#exports.reset();
	}
}

async function withKey(module, passphrase, parameters, use) {
	const seal = new Seal((await WebAssembly.instantiate(module, {})).exports);
	try {
		return use(seal, seal.key(passphrase, parameters));
	} finally {
		seal.reset();
	}
}

// The secret in a sealed field; null if the passphrase does not open it.
export const openSecret = (module, passphrase, parameters, sealed) =>
	withKey(module, passphrase, parameters, (seal, key) => seal.open(sealed, key));

// Each secret sealed under one passphrase.
export const sealSecrets = (module, passphrase, parameters, secrets) =>
	withKey(module, passphrase, parameters, (seal, key) => secrets.map((secret) => seal.close(secret, key)));

// The QR code of ASCII text: { side, dark }, a byte for each module.
export async function makeQr(module, text) {
	return new Seal((await WebAssembly.instantiate(module, {})).exports).qr(text);
}
