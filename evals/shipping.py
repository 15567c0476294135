"""Write the vectors that come with the project: ``python -m evals.shipping``."""

from __future__ import annotations

import numpy as np

from vectorstore.embeddings import EMBEDDED_MODEL, build_embeddings
from vectorstore.indexing import spoken_phrases
from vectorstore.shipped import SHIPPED_FILE, write_shipped


def main() -> None:
    texts = list(dict.fromkeys(text for known in spoken_phrases().values() for text in known))
    write_shipped(texts, np.array(build_embeddings().embed_documents(texts), np.float32))
    print(f"{len(texts)} vecteurs de {EMBEDDED_MODEL} : {SHIPPED_FILE.stat().st_size / 1e6:.1f} Mo")


if __name__ == "__main__":
    main()
