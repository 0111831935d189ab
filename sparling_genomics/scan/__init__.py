"""What a finished run says of other sequences.

model_scan  sites and predictions of a run's network
"""
