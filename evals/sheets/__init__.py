"""The agent's fiche measured against annotations: is each part filled where the fiche has the matter?"""
