"""What was trained, as files that other programs run: ONNX, torch.export and TorchScript."""
