/** The REST API: health probes, information, control. The only package that knows Javalin. */
package io.matriarch.rest;
