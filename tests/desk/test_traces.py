"""P-6: what somebody sees who watches the line, but reads nothing. Deliveries by the real client to a real desk, through a
relay that notes directions and sizes, and two classifiers that learn from them what was delivered: a first statement, the
same again, a withdrawal, one that is refused. They do no better than chance. Control: a class that is 15 bytes longer is
told apart. Sizes and directions alone: no time, and nothing that depends on how a machine cuts a stream into packets."""
import http.client
import math
import os
import random
import socket
import statistics
import subprocess
import tempfile
import threading

from test_abuse import spoil_proof
from test_desk import begin
from world import UNDERSIGN, World, envelope, main, run

IS_FULL = os.environ.get("UNDERSIGN_FULL") == "1"
OF_A_CLASS = 500 if IS_FULL else 15
CLASSES = ("statement", "again", "withdrawal", "refused")
NEIGHBOURS = 5


class Relay:
    """Between a client and the desk's socket. Each connection is a list of (direction, bytes) by turns: what goes one
    way before something goes the other is one."""

    def __init__(self, path):
        self.path, self.connections = path, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            desk = socket.socket(socket.AF_UNIX)
            desk.connect(self.path)
            turns, lock = [], threading.Lock()
            ways = [threading.Thread(target=self.pump, args=way, daemon=True)
                    for way in ((client, desk, 1, turns, lock), (desk, client, -1, turns, lock))]
            self.connections.append((turns, ways))
            for way in ways:
                way.start()

    @staticmethod
    def pump(source, target, direction, turns, lock):
        try:
            while data := source.recv(65536):
                with lock:
                    if turns and turns[-1][0] == direction:
                        turns[-1][1] += len(data)
                    else:
                        turns.append([direction, len(data)])
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side is gone

    def trace(self, deliver):
        """What deliver() sends and gets, as numbers: connections, bytes each way, and each turn's."""
        self.connections.clear()
        deliver()
        for _, ways in self.connections:
            for way in ways:
                way.join(120)
                assert not way.is_alive(), "a connection that nobody ends"
        turns = [turn for connection, _ in self.connections for turn in connection]
        sums = [sum(n for way, n in turns if way == direction) for direction in (1, -1)]
        return [len(self.connections), len(turns), *sums] + [way * n for way, n in turns]


# --- Classifiers, in the standard library ----------------------------------------------------------


def scaled(traces):
    """Rows of one length; what is the same in all of them is left out, the rest has mean 0 and deviation 1."""
    width = max(map(len, traces))
    columns = list(zip(*(trace + [0] * (width - len(trace)) for trace in traces)))
    kept = [(column, statistics.fmean(column), statistics.pstdev(column)) for column in columns if len(set(column)) > 1]
    return [[(column[i] - mean) / deviation for column, mean, deviation in kept] for i in range(len(traces))]


def by_neighbours(rng, known, labels, row):
    """The class of most of the nearest; of several that are as near, any."""
    near = sorted((math.dist(row, other), rng.random(), label) for other, label in zip(known, labels))[:NEIGHBOURS]
    votes = [label for _, _, label in near]
    return max(sorted(set(votes)), key=lambda label: (votes.count(label), rng.random()))


def learn_weights(rows, labels, n_classes, steps=200, rate=0.5):
    """Multinomial logistic regression, by gradient descent."""
    weights = [[0.0] * (len(rows[0]) + 1) for _ in range(n_classes)]
    for _ in range(steps):
        slopes = [[0.0] * len(weights[0]) for _ in weights]
        for row, label in zip(rows, labels):
            for c, chance in enumerate(chances(weights, row)):
                error = chance - (c == label)
                for i, x in enumerate([1.0, *row]):
                    slopes[c][i] += error * x
        for w, slope in zip(weights, slopes):
            for i, s in enumerate(slope):
                w[i] -= rate * s / len(rows)
    return weights


def chances(weights, row):
    scores = [sum(w * x for w, x in zip(of_class, [1.0, *row])) for of_class in weights]
    largest = max(scores)
    exponentials = [math.exp(score - largest) for score in scores]
    return [e / sum(exponentials) for e in exponentials]


def accuracies(traces, labels, seed):
    """Of both, each trace told by what was learnt from the other half: (neighbours, regression)."""
    rng = random.Random(seed)
    rows = scaled(traces)
    order = list(range(len(rows)))
    rng.shuffle(order)
    right = [0, 0]
    for half in (0, 1):
        learnt, asked = order[half::2], order[1 - half::2]
        known, of_known = [rows[i] for i in learnt], [labels[i] for i in learnt]
        weights = learn_weights(known, of_known, max(labels) + 1)
        for i in asked:
            right[0] += by_neighbours(rng, known, of_known, rows[i]) == labels[i]
            guess = [(round(chance, 9), rng.random(), c) for c, chance in enumerate(chances(weights, rows[i]))]
            right[1] += max(guess)[2] == labels[i]
    return [n / len(rows) for n in right]


def bound(n, n_classes):
    """Chance, and 3 % more with 2,000 traces (three standard deviations of guessing); of fewer, as many deviations."""
    chance = 1 / n_classes
    return chance + max(0.03, 3.2 * math.sqrt(chance * (1 - chance) / n))


# --- Deliveries ------------------------------------------------------------------------------------


def test_traces():
    seed = int(os.environ.get("UNDERSIGN_SEED", "0")) or random.SystemRandom().randrange(1, 2 ** 32)
    print(f"UNDERSIGN_SEED={seed}")
    with World(members=20 + OF_A_CLASS, signers=2, quick=OF_A_CLASS, closes=100000,
               epoch_seconds=30 if IS_FULL else 4, lines=["held-max = 5000", "queue-max = 256"]) as world, \
            tempfile.TemporaryDirectory() as folder:
        world.sealer = world.start("seal")
        world.acceptor = world.start("accept")
        world.wait_for(lambda: world.get("/healthz")[0] == 200, 180)
        world.wait_for(lambda: world.get(f"/letters/{world.letter}/checkpoint")[0] == 200, 180)
        bundle = world.mirror()
        fresh = list(world.sign_many(bundle, 0, OF_A_CLASS).values())
        run("withdraw", bundle, "--credential", world.folder / "members/0.credential", "--yes", "-o", f"{folder}/withdrawal")
        withdrawal = open(f"{folder}/withdrawal", "rb").read()
        again = world.sign(1, bundle)
        assert world.deliver(again)[0] == 202
        relay = Relay(world.socket)

        def deliver(content, code):
            promises = tempfile.mkdtemp(dir=folder)
            with open(f"{promises}/s", "wb") as file:
                file.write(content)
            done = subprocess.run([UNDERSIGN, "deliver", "--to", f"http://127.0.0.1:{relay.port}",
                                   "--log", world.log_vkey, f"{promises}/s"], capture_output=True, text=True, timeout=300,
                                  check=False)
            assert done.returncode == code, done.stderr

        orders = [c for c in range(len(CLASSES)) for _ in range(OF_A_CLASS)]
        random.Random(seed).shuffle(orders)
        traces = []
        for order in orders:
            kind = CLASSES[order]
            content = {"statement": lambda: fresh.pop(), "again": lambda: again, "withdrawal": lambda: withdrawal,
                       "refused": lambda: spoil_proof(again, 1)}[kind]()
            traces.append(relay.trace(lambda: deliver(content, 1 if kind == "refused" else 0)))
        limit = bound(len(traces), len(CLASSES))
        got = accuracies(traces, orders, seed)
        shapes = len({tuple(trace) for trace in traces})
        print(f"P-6: {len(traces)} deliveries of {len(CLASSES)} kinds, {shapes} different traces: nearest neighbours tell "
              f"{got[0]:.1%}, logistic regression {got[1]:.1%}; chance is {1 / len(CLASSES):.1%}, the bound {limit:.1%}")
        assert max(got) <= limit, (got, limit)

        # Control: withdrawals of a client that sends 15 bytes more.
        def planted(content, more):
            def send():
                status, _, _ = World.post(through, f"/letters/{world.letter}/statements", envelope(content), more)
                assert status == 202
            return relay.trace(send)

        class Through:
            """The world's desk, by the relay."""

            @staticmethod
            def connect(_=None):
                return http.client.HTTPConnection("127.0.0.1", relay.port, timeout=300)

        through = Through()
        n = max(20, OF_A_CLASS // 5)
        labels = [i % 2 for i in range(2 * n)]
        traces = [planted(withdrawal if label else again, {"X-Planted": "wd"} if label else {}) for label in labels]
        got = accuracies(traces, labels, seed)
        print(f"P-6, control: {len(traces)} deliveries, withdrawals 15 bytes longer: {got[0]:.1%} and {got[1]:.1%} are told")
        assert min(got) > 0.95, got
        # Without that, the same client's are not told apart.
        traces = [planted(withdrawal if label else again, {}) for label in labels]
        assert len({tuple(trace) for trace in traces}) == 1, traces


if __name__ == "__main__":
    main(globals())
