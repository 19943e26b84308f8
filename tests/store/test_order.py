"""Whether a store's files tell in which order things came (P-3). Items come one by one in a known
order; the epoch is closed, a part stays held; store_take_back; then every file is imaged as it is,
processes still running, and the rank correlation of every order found with the order of arrival is
computed. 20, 100 and 1,000 items; UNDERSIGN_FULL=1: 20 images of each. UNDERSIGN_SEED: other items.

    python3 test_order.py WORK sqlite | postgresql"""

import hashlib
import math
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import sys

from driving import FULL, Folder, Work
from with_postgresql import Cluster, find_programs

WORK, ENGINE = sys.argv[1:3]
MASK = (1 << 64) - 1
PAGE = 4096
KEEP = 3
MARKER = 16
KINDS = ("content", "tail", "hash", "text")
SEED = int(os.environ.get("UNDERSIGN_SEED", "0"))
SIZES = {20: 20, 100: 20, 1000: 20} if FULL else {20: 3, 100: 2, 400: 1}


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def number_of(image, arrival):
    """Items differ from image to image and from seed to seed: a chance of theirs is not met again."""
    return (SEED * 1000 + image) * 100000 + arrival


def content_of(number, length):
    """What store-work holds under a number."""
    out = bytearray(number.to_bytes(8, "little"))
    for block in range(1, (length + 7) // 8):
        word = mix((number * 0x9E3779B97F4A7C15 + block) & MASK)
        out += bytes(word >> 8 * i & 0xFF for i in range(8))
    return bytes(out[:length])


def length_of(number):
    return 600 + mix(number) % 5000


def rank_correlation(pairs):
    """Spearman's; None where nothing varies."""
    def ranks(values):
        order = sorted(range(len(values)), key=values.__getitem__)
        out = [0.0] * len(values)
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and values[order[end]] == values[order[at]]:
                end += 1
            for i in range(at, end):
                out[order[i]] = (at + end - 1) / 2
            at = end
        return out

    x, y = (ranks(values) for values in zip(*pairs))
    mean = (len(x) - 1) / 2
    sxx = sum((a - mean) ** 2 for a in x)
    syy = sum((b - mean) ** 2 for b in y)
    if sxx == 0 or syy == 0:
        return None
    return sum((a - mean) * (b - mean) for a, b in zip(x, y)) / math.sqrt(sxx * syy)


def find_all(data, items):
    """The first and the last place of each marker of each item, in one pass."""
    wanted = {m[kind]: (arrival, kind) for arrival, m in items.items() for kind in KINDS}
    first, last = {}, {}
    for base in range(0, len(data), PAGE):
        block = data[base:base + PAGE + MARKER - 1]
        if not block.strip(b"\0"):
            continue
        for at in range(min(PAGE, len(block) - MARKER + 1)):
            what = wanted.get(block[at:at + MARKER])
            if what:
                first.setdefault(what, base + at)
                last[what] = base + at
    return first, last


class Orders:
    """Orders found in images: name to [(correlation, how many items)]."""

    def __init__(self):
        self.found = {}

    def add(self, name, pairs):
        """pairs: (arrival, place)."""
        if len(pairs) < 5:
            return
        rho = rank_correlation(pairs)
        if rho is not None:
            self.found.setdefault(name, []).append((rho, len(pairs)))

    def within_pages(self, name, pairs):
        """Of those that share a page: how much more often the earlier stands first. A page that is
        split tells nothing by its place, and what is in it may still lie as it came."""
        pages = {}
        for arrival, at in pairs:
            pages.setdefault(at // PAGE, []).append((arrival, at))
        n = agree = variance = 0
        for page in pages.values():
            k = len(page)
            variance += k * (k - 1) * (2 * k + 5) / 18  # Kendall's, of agree
            for i, (arrival, at) in enumerate(page):
                for other_arrival, other_at in page[:i]:
                    n += 1
                    agree += 1 if (arrival < other_arrival) == (at < other_at) else -1
        if n >= 5:
            self.found.setdefault(name, []).append((agree / n, n * n / variance + 1))

    def image(self, name, data, items):
        """Where what is known of each item stands in some bytes: of those that stay held, and of
        those that are published."""
        first, last = find_all(data, items)
        for is_held in (True, False):
            who = "held" if is_held else "published"
            for kind in KINDS:
                arrivals = [a for a, m in items.items()
                            if m["is held"] == is_held and (a, kind) in first]
                begins = [(a, first[a, kind]) for a in arrivals]
                self.add(f"{name}: {who}, first {kind}", begins)
                self.add(f"{name}: {who}, last {kind}", [(a, last[a, kind]) for a in arrivals])
                self.within_pages(f"{name}: {who}, {kind} within pages", begins)

    def telling(self):
        """Those whose mean is beyond chance: 4.5 standard deviations."""
        out = {}
        for name, found in self.found.items():
            weight = sum(n - 1 for _, n in found)
            mean = sum(rho * (n - 1) for rho, n in found) / weight
            if abs(mean) > 4.5 / math.sqrt(weight):
                out[name] = round(mean, 3)
        return out

    def largest(self):
        """The one that is furthest from chance."""
        best = (0, "none found")
        for name, found in self.found.items():
            weight = sum(n - 1 for _, n in found)
            mean = sum(rho * (n - 1) for rho, n in found) / weight
            z = abs(mean) * math.sqrt(weight)
            best = max(best, (z, f"the largest {mean:+.3f}, {z:.1f} deviations ({name})"))
        return best[1]


def make_items(n, image):
    """Numbers that differ from image to image, in the order of arrival."""
    items = {}
    for arrival in range(n):
        number = number_of(image, arrival)
        content = content_of(number, length_of(number))
        digest = hashlib.sha512(content).digest()
        items[arrival] = {"content": content[8:24], "tail": content[-16:], "hash": digest[:16],
                          "text": digest[:8].hex().encode(), "is held": number % KEEP == 0}
    return items


def run_epoch(url, n, image, take_back=True):
    """Holds, closes, takes back; the processes, still running."""
    sealer, acceptor = Work(WORK, url), Work(WORK, url)
    sealer.must("open sealer")
    acceptor.must("open acceptor")
    sealer.must(f"keep {KEEP}")
    for arrival in range(n):
        number = number_of(image, arrival)
        acceptor.must(f"hold 5 {number} 1 {length_of(number)}", "held")
    sealer.must("turn 5", "turned")
    sealer.must("close", "closed")
    if take_back:
        sealer.must("take-back")
    return sealer, acceptor


# --- SQLite ---------------------------------------------------------------------------------------


def frame_pages(index):
    """The page of each frame in a log's index, as far as it has any: of past ones too."""
    pages = []
    for block in range(len(index) // 32768):
        base = block * 32768
        start, n = (136, 4062) if block == 0 else (0, 4096)
        pages += struct.unpack_from(f"<{n}I", index, base + start)
    return pages


def image_sqlite(folder, items, orders, when=""):
    for path in sorted(folder.iterdir()):
        orders.image(when + path.name, path.read_bytes(), items)
    # Pages in the order of the frames that an index still lists.
    for name in ("store", "store-log"):
        index = folder / (name + "-shm")
        if not index.exists():
            continue
        data = (folder / name).read_bytes()
        places = {}
        for at, page in enumerate(frame_pages(index.read_bytes())):
            places.setdefault(page, at)
        pairs = []
        for arrival, markers in items.items():
            at = data.find(markers["hash" if name == "store" else "content"])
            if at >= 0 and at // 4096 + 1 in places:
                pairs.append((arrival, places[at // 4096 + 1]))
        orders.add(when + name + "-shm: frames", pairs)


def free_pages(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return db.execute("PRAGMA freelist_count").fetchone()[0]


def sqlite_run(n, images, take_back=True):
    orders = Orders()
    for image in range(images):
        with Folder() as top:
            items = make_items(n, image)
            works = run_epoch(top / "store", n, image, take_back)
            image_sqlite(top, items, orders)
            if take_back:
                assert free_pages(top / "store") == 0 and free_pages(top / "store-log") == 0
                assert (top / "store-wal").stat().st_size == 0
                assert (top / "store-log-wal").stat().st_size == 0
            for work in works:
                work.end()
            image_sqlite(top, items, orders, "ended, ")
    return orders


def rowid_run(n, images):
    """Planted: the same in a table that numbers its rows."""
    orders = Orders()
    for image in range(images):
        with Folder() as top:
            items = make_items(n, image)
            db = sqlite3.connect(top / "store")
            db.execute("CREATE TABLE held (hash BLOB PRIMARY KEY, content BLOB)")
            for arrival in range(n):
                number = number_of(image, arrival)
                content = content_of(number, length_of(number))
                db.execute("INSERT INTO held VALUES (?, ?)",
                           (hashlib.sha512(content).digest(), content))
            db.commit()
            db.execute("VACUUM")
            db.close()
            image_sqlite(top, items, orders)
    return orders


def test_sqlite():
    for n, images in SIZES.items():
        orders = sqlite_run(n, images)
        print(f"P-3, SQLite, {n} items, {images} images: {len(orders.found)} orders, "
              f"{orders.largest()}")
        assert orders.found and not orders.telling(), orders.telling()
    # The least traces that an order leaves must be seen in what is few.
    telling = rowid_run(100, 3).telling()
    print(f"P-3, control, a table with rowids: {len(telling)} orders tell: {telling}")
    assert telling
    telling = sqlite_run(100, 3, take_back=False).telling()
    print(f"P-3, control, nothing taken back: {len(telling)} orders tell")
    assert any(name.startswith("ended, store: ") for name in telling), telling
    assert any(name.startswith("store-wal: ") for name in telling), telling


# --- PostgreSQL -----------------------------------------------------------------------------------


def image_cluster(cluster, items, orders, when=""):
    """All files of a kind count as one order: the arrival of what stands in them, by file name (the
    log's segments ascend) and offset. What was not written since the server started has nothing."""
    begun = os.stat(cluster.data + "/postmaster.opts").st_mtime
    groups = {}
    for path in sorted(pathlib.Path(cluster.data).rglob("*")):
        if path.is_file() and path.stat().st_mtime >= begun:
            name = re.sub(r"[0-9A-F]{24}|[0-9]+", "N", str(path.relative_to(cluster.data)))
            groups.setdefault(name, []).append(path)
    groups["log"] = [pathlib.Path(cluster.top) / "log"]
    for name, paths in groups.items():
        data = b"".join(path.read_bytes() for path in paths)
        orders.image(when + name, data, items)


def image_columns(cluster, items, orders):
    """What the server shows of each row: who wrote it (xmin), and where it lies (ctid)."""
    rows = subprocess.run(
        [f"{cluster.programs}/psql", "-At", cluster.url, "-c",
         "SELECT encode(substr(hash, 1, 8), 'hex'), xmin, ctid FROM undersigned.held"],
        check=True, capture_output=True, text=True).stdout.split()
    by_hash = {row.split("|")[0]: row.split("|")[1:] for row in rows}
    xmin, ctid = [], []
    for arrival, markers in items.items():
        row = by_hash.get(markers["text"].decode())
        if row:
            xmin.append((arrival, int(row[0])))
            ctid.append((arrival, tuple(map(int, row[1].strip("()").split(",")))))
    orders.add("xmin", xmin)
    orders.add("ctid", ctid)


# What doc/operations.md tells the operator to grant, and no more.
GRANTS = ("CREATE ROLE desk LOGIN; GRANT CREATE ON DATABASE postgres TO desk;"
          "GRANT pg_checkpoint TO desk; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO desk")


def cluster_run(n, images, settings, take_back=True):
    orders = Orders()
    for image in range(images):
        cluster = Cluster(settings)
        try:
            subprocess.run([f"{cluster.programs}/psql", "-q", cluster.url, "-c", GRANTS], check=True)
            items = make_items(n, image)
            works = run_epoch(cluster.url.replace("undersign@", "desk@"), n, image, take_back)
            image_cluster(cluster, items, orders)
            image_columns(cluster, items, orders)
            for work in works:
                work.end()
            cluster.stop()
            image_cluster(cluster, items, orders, "ended, ")
        finally:
            cluster.remove()
    return orders


SHORT_LOG = ["wal_recycle = off", "wal_level = minimal", "max_wal_senders = 0"]


def test_postgresql():
    sizes = SIZES if FULL else {100: 1}
    for n, images in sizes.items():
        orders = cluster_run(n, images, SHORT_LOG)
        print(f"P-3, PostgreSQL, {n} items, {images} images: {len(orders.found)} orders, "
              f"{orders.largest()}")
        assert orders.found and not orders.telling(), orders.telling()
        assert not [name for name in orders.found if "pg_wal" in name], orders.found
    telling = cluster_run(100, 1, [], take_back=False).telling()
    print(f"P-3, control, nothing taken back: {len(telling)} orders tell")
    assert any(name.startswith("ended, base/") for name in telling), telling
    assert "xmin" in telling and "ctid" in telling, telling
    assert any(name.startswith("pg_wal") for name in telling), telling
    telling = cluster_run(100, 1, []).telling()
    print(f"P-3, the server's log as it is set by default: {len(telling)} orders tell: {telling}")
    assert all("pg_wal" in name for name in telling), telling


if __name__ == "__main__":
    if ENGINE == "postgresql" and not find_programs():
        print("no PostgreSQL here: skipped", file=sys.stderr)
        sys.exit(77)
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    {"sqlite": test_sqlite, "postgresql": test_postgresql}[ENGINE]()
