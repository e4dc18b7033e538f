# Filled in by the packaging: install rules and CPack.
