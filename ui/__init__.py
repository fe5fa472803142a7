"""The page. It talks to `interviewer.service` and to nothing else of ours."""
