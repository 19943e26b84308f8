// A QR code as a picture: black on white with a quiet margin, whatever the colours around it.
import { drawing, shape } from "./dom.mjs";

const QUIET = 4;

// qr: { side, dark }, a byte for each module, by rows.
export function drawQr(label, { side, dark }) {
	const size = side + 2 * QUIET;
	let path = "";
	for (let y = 0; y < side; y++) {
		for (let x = 0; x < side; x++) {
			if (dark[y * side + x] === 1) {
				path += `M${x + QUIET},${y + QUIET}h1v1h-1z`;
			}
		}
	}
	const picture = drawing(label, size, size, shape("path", { d: path }));
	picture.setAttribute("class", "qr");
	return picture;
}
