"""Weights that have learnt something.

Behind a ReLU of random weights about half of the values are zero, behind a trained one far more, and engines may save
work with them: a network as it is when it is used, and during nearly all of its training.
"""
import peers

ROUNDS, STEPS, BATCH, RATE = 5, 64, 128, 0.02  # two passes over the photographs each; momentum as in measurements


def prepare(name, threads):
    """Train the weights in the folder of network `name`, unless that was done before."""
    folder = peers.DATA / name
    done = folder / "trained"  # made last, like all of the folder anew when its model changes
    if done.exists() and done.stat().st_mtime >= (folder / "model.txt").stat().st_mtime:
        return
    with peers.Team(threads) as team:
        worker = team.worker(peers.OURS, "")
        for _ in range(ROUNDS):
            worker.ask("prepare", name, "train", BATCH)
            losses = worker.ask("check", STEPS, RATE, folder / "weights.f32")["losses"]
    done.write_text("loss %g\n" % losses[-1])
