"""What a design makes of whole workloads: cycles and utilisation by the array's closed form."""
