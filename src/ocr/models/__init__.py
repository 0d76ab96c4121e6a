"""The networks, as pure ``nn.Module`` without anything of training.

Shapes in this package: N images, C channels, H × W pixels, T steps along a line, K classes.
"""
