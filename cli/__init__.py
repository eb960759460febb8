"""The `sapm` command: from a checkpoint to verified hardware, and pictures to files and back."""
