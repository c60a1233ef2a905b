"""The numbers of diagnoses on paper: HTML, LaTeX, figures."""
