"""The report page: one HTML file that shows what a sweep found, and how to find it again."""
