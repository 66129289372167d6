package io.matriarch.config;

/** Whether PostgreSQL gets a guard process of its own. */
public enum GuardMode { AUTO, OFF }
