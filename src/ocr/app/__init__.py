"""The workbench in a browser: one Streamlit app to read, prepare, compare, evaluate, train and promote.

Pages draw and ask; what they show is computed by the library. Only this folder imports streamlit.
"""
