"""Does W2R2 cure a model that cheats? Every arm, every seed, every case kept."""
