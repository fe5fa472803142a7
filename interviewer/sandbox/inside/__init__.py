"""What runs inside a sandbox. Standard library only, and nothing of ours from outside this folder."""
