"""A model card as the Hugging Face Hub reads it, and results.json beside it. Nothing is sent."""

import json
from pathlib import Path
from typing import Any

from trainer.evaluate import in_words


def results(facts: dict[str, Any], date: str) -> dict[str, Any]:
    """What results.json holds: the first evaluation under the Hub's names, and all as they are."""
    first = facts["evaluations"][0]
    return {
        "mean_reward": first["score_mean"],
        "std_reward": first["score_se"] * first["episodes"] ** 0.5,
        "is_deterministic": first["mode"] == "greedy",
        "n_eval_episodes": first["episodes"],
        "eval_datetime": date,
        "env": facts["env"],
        "interface_version": facts["interface_version"],
        "dynamics_version": facts["dynamics_version"],
        "evaluations": facts["evaluations"],
    }


def card(facts: dict[str, Any], title: str, file: str) -> str:
    """The text of README.md: front matter, whose values are JSON and so YAML, and a page.

    Args:
        facts: the sidecar.
        title: of the environment.
        file: name of the ONNX file.
    """
    env, name = facts["env"], facts["name"]
    metrics = []
    for seen in facts["evaluations"]:
        against = {"none": "alone"}.get(seen["opponent"], f"against {seen['opponent']}")
        against += in_words(seen["params"])
        score = f"{seen['score_mean']:.2f} +/- {seen['score_se'] * seen['episodes'] ** 0.5:.2f}"
        metrics.append({"type": "mean_reward", "value": score, "name": f"score {against}"})
    index = {
        "name": f"{env}-{name}",
        "results": [
            {
                "task": {"type": "reinforcement-learning", "name": "reinforcement-learning"},
                "dataset": {"type": f"gymcade-{env}", "name": title},
                "metrics": metrics,
            }
        ],
    }
    tags = ["reinforcement-learning", "onnx", "gymcade", f"gymcade-{env}"]
    algorithm = facts.get("algorithm")
    if algorithm:
        tags.append(algorithm.lower())
    front = {
        "library_name": "gymcade",
        **({"license": facts["licence"].lower()} if facts.get("licence") else {}),
        "tags": tags,
        "model-index": [index],
    }
    lines = ["---", *(f"{key}: {json.dumps(value)}" for key, value in front.items()), "---", ""]
    rows = [
        f"| {s['opponent']} | {s['episodes']} | {s['mode']} | {s['score_mean']:.3f} "
        f"± {s['score_se']:.3f} | {'' if s['win_rate'] is None else format(s['win_rate'], '.3f')} |"
        for s in facts["evaluations"]
    ]
    how = f"{facts['play']['mode']}, temperature {facts['play']['temperature']}"
    memory = facts["state_size"]
    page = [
        f"# {title}: {name}",
        "",
        f"A policy for Gymcade's environment `{env}`, as one ONNX file, `{file}`.",
        "",
        f"- Trained by {algorithm or 'means unknown'}, {facts.get('train_steps') or '?'} steps.",
        f"- Observations: {facts['observation']['size']} raw values a row, as float32. "
        f"Memory: {f'{memory} values a row' if memory else 'none'}.",
        f"- To be played {how}.",
        f"- Interface {facts['interface_version']}, dynamics {facts['dynamics_version']}, "
        f"sha256 `{facts['sha256']}`.",
        "",
        "| opponent | episodes | mode | score | wins |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]
    return "\n".join(lines + page)


def write(facts: dict[str, Any], title: str, target: Path, date: str) -> list[Path]:
    """README.md and results.json beside an ONNX file; returns where they lie."""
    paths = [target.with_name("README.md"), target.with_name("results.json")]
    paths[0].write_text(card(facts, title, target.name))
    paths[1].write_text(json.dumps(results(facts, date), indent=1) + "\n")
    return paths
