"""The gate's checks of a file as it lies there: size, soundness, shapes, versions, operators."""

import onnx
from onnx import TensorProto, shape_inference

from envs_c.doctor_play import Finding, Findings
from exporter.candidate import Candidate
from exporter.graph import MAX_IR, OPSET

DOMAINS = ("", "ai.onnx")
RANDOM = {
    *("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike"),
    *("RandomUniform", "RandomUniformLike"),
}


def check_one_file(candidate: Candidate) -> Findings:
    """one-file: weights that lie in another file, which a page does not fetch."""
    for tensor in candidate.model.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            at = next((e.value for e in tensor.external_data if e.key == "location"), "elsewhere")
            message = f"weight {tensor.name!r} lies in {at!r}, want it inside the file"
            advice = "save it with onnx.save_model(model, file, save_as_external_data=False)"
            yield Finding("one-file", "error", message, advice)
            return


def check_size(candidate: Candidate) -> Findings:
    """size: more bytes than a page ought to load for one policy."""
    size, most = len(candidate.data), candidate.max_kb * 1000
    if size > most:
        largest = max(candidate.model.graph.initializer, key=lambda t: t.ByteSize(), default=None)
        part = f"; the largest weight is {largest.name!r}, {largest.ByteSize()}" if largest else ""
        message = f"{size} bytes, want at most {most}{part}"
        advice = "export with --weights float16 or int8, train it narrower, or allow more: --max-kb"
        yield Finding("size", "error", message, advice)


def check_sound(candidate: Candidate) -> Findings:
    """checker: what ONNX's own checker refuses."""
    try:
        onnx.checker.check_model(candidate.model, full_check=True)
    except Exception as error:
        said = " ".join(str(error).split())[:400]
        message = f"want onnx.checker to pass it, got: {said}"
        advice = "mend the node or tensor named, or export it anew"
        yield Finding("checker", "error", message, advice)


def check_shapes(candidate: Candidate) -> Findings:
    """shapes: a tensor whose shape is known neither in the file nor by inference."""
    try:
        known = shape_inference.infer_shapes(candidate.model, strict_mode=True, data_prop=True)
    except Exception as error:
        said = " ".join(str(error).split())[:400]
        message = f"want shapes that can be inferred, got: {said}"
        yield Finding("shapes", "error", message, "mend the node named, or export it anew")
        return
    graph = known.graph
    shaped = {v.name: v.type for v in (*graph.value_info, *graph.input, *graph.output)}
    for node in graph.node:
        for name in node.output:
            if name and (name not in shaped or not _has_rank(shaped[name])):
                message = f"tensor {name!r} of node {node.op_type} has no shape, want one"
                advice = "export with fixed sizes for all but the batch"
                yield Finding("shapes", "error", message, advice)
                return
    for output in graph.output:
        dims = [d.dim_value or d.dim_param or "?" for d in output.type.tensor_type.shape.dim]
        free = [d for d in dims if not isinstance(d, int)]
        if len(free) > 1 or "?" in dims[1:]:
            message = f"output {output.name!r} has shape {dims}, want one free size, the batch"
            advice = "declare the output's shape when exporting"
            yield Finding("shapes", "error", message, advice)


def _has_rank(kind: onnx.TypeProto) -> bool:
    return not kind.HasField("tensor_type") or kind.tensor_type.HasField("shape")


def check_versions(candidate: Candidate) -> Findings:
    """opset, ir: newer than the engine in the page is sure to read."""
    if candidate.opset > OPSET:
        message = f"opset {candidate.opset}, want at most {OPSET}"
        yield Finding("opset", "error", message, f"export with opset_version={OPSET}")
    if candidate.model.ir_version > MAX_IR:
        message = f"IR version {candidate.model.ir_version}, want at most {MAX_IR}"
        advice = f"set model.ir_version = {MAX_IR} before saving"
        yield Finding("ir", "error", message, advice)


def check_operators(candidate: Candidate) -> Findings:
    """operators, randomness: what a page cannot run, and what nobody can run twice."""
    for i, node in enumerate(candidate.model.graph.node):
        if node.domain not in DOMAINS:
            message = f"node {i}, {node.op_type} {node.name!r}, is of domain {node.domain!r}"
            advice = "export without custom operators"
            yield Finding("operators", "error", f"{message}, want ai.onnx", advice)
            break
    for i, node in enumerate(candidate.model.graph.node):
        if node.op_type in RANDOM:
            message = (
                f"node {i}, {node.op_type}, draws {node.output[0]!r} inside the graph, want no"
            )
            advice = "export logits, and leave the drawing to whoever plays: it can be seeded there"
            yield Finding("randomness", "warning", f"{message} such nodes", advice)
            break
