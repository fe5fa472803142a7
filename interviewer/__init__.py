"""The interview itself: what is asked, how answers are judged, what is stored and reported."""
