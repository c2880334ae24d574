import Martlet

// Nothing yet.
