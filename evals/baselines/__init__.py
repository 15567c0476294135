"""What a competent engineer gets in an afternoon with the same libraries, for an honest comparison.

``dense`` (recursive splitter, the same embeddings in Chroma, top-k), ``bm25`` (lexical alone, over
the same chunks) and ``fusion`` (the two joined by reciprocal rank fusion).
"""
