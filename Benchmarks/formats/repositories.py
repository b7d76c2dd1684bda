MAKERS: dict = {}
