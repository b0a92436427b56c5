"""Checkpoints to ONNX files with sidecars, and the checks that each file passes."""
