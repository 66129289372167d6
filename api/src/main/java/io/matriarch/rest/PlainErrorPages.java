package io.matriarch.rest;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What a client gets for a request that never reached an endpoint: the code and its meaning, nothing of the inside. */
final class PlainErrorPages implements Request.Handler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Reply page = Reply.errorPage(response.getStatus(), HttpStatus.getMessage(response.getStatus()),
                "The request could not be understood or carried out");
        HttpFields.Mutable headers = response.getHeaders();
        headers.put(HttpHeader.CONTENT_TYPE, page.contentType());
        headers.put(HttpHeader.CONNECTION, "close");
        Content.Sink.write(response, true, page.body(), callback);
        return true;
    }
}
