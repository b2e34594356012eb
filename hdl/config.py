"""One description of a design: what the hardware, the golden model, the test bench and the reports all read."""
