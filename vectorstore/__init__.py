"""Knowledge: archives -> fiches -> passages -> snapshot -> search. Imports no other package of ours."""
