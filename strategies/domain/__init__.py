"""What the strategies think, without clock, network or framework: frames and parameters in, signals out."""
