//! Answers from a cassette, following cause and effect.
