"""What is missing or broken before hours are lost: findings by subject, and the page that shows them.

Nothing here imports the devkit, or any package whose name it looks up.
"""
