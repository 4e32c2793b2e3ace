"""Rounds: each engine has its turn in every round, in an order that rotates from round to round, so that whatever
disturbs the machine disturbs all of them."""
import statistics

import peers

SCREENING_ROUNDS = 2


def versions(engines):
    """Of each engine, or why it is absent."""
    found = {}
    with peers.Team(1) as team:
        for engine in engines:
            try:
                found[engine.name] = team.worker(engine, (engine.variants or [""])[0]).about["version"]
            except peers.Absent as problem:
                found[engine.name] = "absent: %s" % problem
    return found


def _turn(worker, seconds):
    """Images a second of one turn; 0 when the time was lost in noise."""
    answer = worker.ask("run", seconds)
    return answer["images"] / answer["seconds"] if answer["seconds"] > 0 else 0.0


def _rotated(items, by):
    by %= len(items) or 1
    return items[by:] + items[:by]


def _rounds(workers, count, seconds):
    """Speeds by worker; 0 where it failed."""
    speeds = {worker: [] for worker in workers}
    for number in range(count):
        for worker in _rotated(workers, number):
            try:
                speeds[worker].append(_turn(worker, seconds))
            except peers.Absent:
                speeds[worker].append(0.0)
    return speeds


def _fastest_variants(ready, seconds):
    """One worker of each engine: the variant that is fastest here, after a few shorter rounds."""
    rivals = [worker for workers in ready.values() if len(workers) > 1 for worker in workers]
    speeds = _rounds(rivals, SCREENING_ROUNDS, seconds / 2) if rivals else {}
    return [
        max(workers, key=lambda worker: max(speeds[worker])) if len(workers) > 1 else workers[0]
        for workers in ready.values()
    ]


def _summary(speeds):
    median = statistics.median(speeds)
    return {"rounds": speeds, "median": median, "spread": (max(speeds) - min(speeds)) / median if median else 0}


def _ratios(ours, theirs):
    """Ours over theirs, round by round, so that both ran under the same conditions."""
    ratios = [a / b for a, b in zip(ours, theirs) if b > 0]
    return {"ratio": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)} if ratios else {}


def _ours(engine, speeds):
    """Those of the engine of cnn that this one is compared with, in the same precision where there is one."""
    half = speeds.get(peers.OURS_BF16.name) if engine in peers.HALVES and engine is not peers.OURS_BF16 else None
    return half or speeds.get(peers.OURS.name, [])


def _race(wanted, ready, seconds):
    """By engine: variant, speeds, and how much faster cnn is."""
    chosen = _fastest_variants(ready, seconds)
    speeds = _rounds(chosen, wanted.rounds, seconds)
    by_name = {worker.engine.name: speeds[worker] for worker in chosen}
    return {
        worker.engine.name: {"variant": worker.variant, **_summary(speeds[worker]),
                             **_ratios(_ours(worker.engine, by_name), speeds[worker])}
        for worker in chosen
    }


def net(wanted, team, section, name, mode, batch, engines):
    if name in wanted.missing:
        ready, absent = {}, {engine.name: wanted.missing[name] for engine in engines}
    else:
        ready, absent = team.prepare(engines, mode, name, mode, batch)
    return {
        "section": section,
        "net": name,
        "mode": mode,
        "batch": batch,
        "threads": team.threads,
        "cpu": team.cpu,
        "engines": _race(wanted, ready, wanted.seconds),
        "absent": absent,
    }


def layer(wanted, team, direction, shape):
    ready, absent = team.prepare(peers.LAYERS, "layer", "layer", direction, *shape)
    return {
        "direction": direction,
        "shape": [int(size) for size in shape],
        "threads": team.threads,
        "engines": _race(wanted, ready, wanted.seconds / 10),
        "absent": absent,
    }
