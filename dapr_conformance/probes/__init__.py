"""How checks are driven, judged and attributed."""
